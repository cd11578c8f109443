"""The child process of ``openqasm``: reads programs as JSON texts, one a line; answers with QIR or an error."""

from __future__ import annotations

import json
import os
import sys


def main() -> None:
    """Serve until the parent closes the pipe."""
    os.environ["QDK_PYTHON_TELEMETRY"] = "none"
    from qdk import TargetProfile, openqasm, qsharp
    from qdk.openqasm import OutputSemantics

    # What the compiler prints must not mix with the answers.
    answers, sys.stdout = sys.stdout, sys.stderr
    for line in sys.stdin:
        try:
            qsharp.init(target_profile=TargetProfile.Adaptive_RI)
            compiled = openqasm.compile(json.loads(line), output_semantics=OutputSemantics.Qiskit)
            answer = {"qir": str(compiled)}
        except Exception as error:
            answer = {"error": str(error)[:2000]}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
