"""The confined process: what it may do is settled before anything of the plugin is looked at."""

import json
import sys

from maru.isolated.confine import START, beat, confine


def main() -> None:
    """Serve, or describe the plugin on standard output."""
    told = json.loads(sys.stdin.buffer.read())
    beat(START)
    confine(told["memory"], told["ports"])
    if sys.argv[1] == "describe":
        from maru.isolated.describing import describe_here

        sys.stdout.write(describe_here(told["key"]))
    elif sys.argv[1] == "migrate":
        from maru.isolated.migrating import migrate_here

        migrate_here(told["key"], told["database"], told["folder"])
    else:
        from maru.isolated.serving import run

        run(told)


if __name__ == "__main__":
    main()
