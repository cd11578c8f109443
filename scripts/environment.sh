# For the other scripts: `prepare EXTRAS` makes .venv with this package and those extras, once; `$python` is its Python.

python=.venv/bin/python

prepare() {
    stamp=".venv/installed-$(echo "$1" | tr ',' '-')"
    if [ -x "$python" ] && [ "$stamp" -nt pyproject.toml ]; then
        return
    fi
    if [ ! -x "$python" ]; then
        for base in python3.11 python3.12 python3.13 python3.14 python3 python; do
            if "$base" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
                "$base" -m venv .venv
                break
            fi
        done
    fi
    if [ ! -x "$python" ]; then
        echo "Python 3.11 or newer, with pip and venv, is needed and was not found" >&2
        exit 1
    fi
    echo "installing into .venv (once) ..." >&2
    "$python" -m pip install --quiet --disable-pip-version-check --editable ".[$1]"
    touch "$stamp"
}

export QDK_PYTHON_TELEMETRY=none

# The tests of scripts/check and scripts/test-pythons: of layers that need neither the compiler nor a service.
quick="not long and not service and not compiler and not docs and not slow"
folders="tests/paulis tests/sweeps tests/syntax tests/targets"
