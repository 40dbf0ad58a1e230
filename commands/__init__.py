"""What each command of `gongzhi` does; the commands and their options are declared in `commands/cli.py`.

A command that is soon done spends most of its time importing. What slows that down is turned off before it begins.
"""

import gc
import os

# Importing makes a hundred thousand objects, and all of them stay: the collector would look through them in vain. It
# comes when as many have been made again, which is some ten megabytes.
gc.set_threshold(200_000, *gc.get_threshold()[1:])
# Else pydantic reads the metadata of every installed package to find its plugins. The project has none.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Else each copy of OpenBLAS starts threads that wait at full speed, and a sum of products may depend on the number of
# processors. Matrices here are small.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
