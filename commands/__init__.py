"""What each command of `gongzhi` does; the commands and their options are declared in `commands/cli.py`."""
