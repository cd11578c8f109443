"""One module for each verb: ``add`` puts it into the parser, and what it does is imported when it runs."""
