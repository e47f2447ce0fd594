"""`python -m maru`: the command line without a script on the path."""

from maru.cli import main

if __name__ == "__main__":
    main()
