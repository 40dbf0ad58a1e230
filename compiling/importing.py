"""Import Numba without the settings that lie where the user happens to stand.

Numba reads a `.numba_config.yaml` of the working folder when it is imported and before every compilation. What stands
in it would be compiled into the machine code that is kept for later runs, or, where it is no YAML, end the command.
Settings in the environment (`NUMBA_…`) are the user's own and count.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

_CONFIG = "numba.core.config"
_NAME = '".numba_config.yaml"', "'.numba_config.yaml'"


def import_numba() -> None:
    """Import Numba, if it is not, and have it read no file from here on."""
    sys.meta_path.insert(0, _Finder)
    try:
        config: Any = import_module(_CONFIG)
    finally:
        sys.meta_path.remove(_Finder)
    if config._config_fname:  # somebody else has imported it before
        config._config_fname = ""
        config.reload_config()


class _Finder:
    """Finds Numba's module of settings where it is, to load it in another way."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Nothing for any other module: Python looks elsewhere then."""
        spec = PathFinder.find_spec(name, path, target) if name == _CONFIG else None
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = _Loader(name, spec.loader.path)
        return spec


class _Loader(SourceFileLoader):
    """Loads it with the name of no file in place of that of the file: it is read while the module is executed."""

    def get_code(self, fullname: str) -> CodeType:
        """The module's code."""
        source = self.get_source(fullname) or ""
        for name in _NAME:
            source = source.replace(name, "''")
        return compile(source, self.path, "exec", dont_inherit=True)
