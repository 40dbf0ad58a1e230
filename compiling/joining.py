"""How Numba's compiler is told to keep parts open and to join them once: see `compiling.parts`.

Everything here reaches into Numba and is used nowhere else. Importing it fails with ImportError where a version
of Numba lacks what is needed.
"""

from types import CodeType
from typing import Any, ClassVar

from llvmlite import binding as llvm
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder, Flags
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.environment import lookup_environment
from numba.core.typed_passes import NativeLowering

from compiling.names import entry_name

_NEEDED: dict[Any, tuple[str, ...]] = {
    JITCodeLibrary: (
        "_finalize_final_module",
        "_get_module_for_linking",
        "_optimize_final_module",
        "_raise_if_finalized",
        "add_linking_library",
        "enable_object_caching",
        "finalize",
    ),
    NativeLowering: ("run_pass",),
    DefaultPassBuilder: ("define_nopython_pipeline",),
    Flags: ("copy", "forceinline", "no_compile", "no_cpython_wrapper", "summary"),
}
for _owner, _names in _NEEDED.items():
    for _name in _names:
        if not hasattr(_owner, _name):
            raise ImportError(f"this version of Numba has no {_owner.__name__}.{_name}")

# -- libraries --------------------------------------------------------------------------------------------


class PartLibrary(JITCodeLibrary):
    """The code of one function alone; what it calls is named in it, not copied into it."""

    _shared_module: Any

    def finalize(self) -> None:
        """Close the library without optimising or translating anything."""
        self._raise_if_finalized()
        self._finalized = True

    def own_module(self) -> Any:
        """The code of this function alone, marked as code that may be joined in more than once."""
        if self._shared_module is None:
            for function in self._final_module.functions:
                if not function.is_declaration and function.linkage.name == "external":
                    function.linkage = "linkonce_odr"
            self._shared_module = self._final_module
        return self._shared_module

    def _get_module_for_linking(self) -> Any:
        """This function and all below it, for a library of Numba's own kind that calls it."""
        module = self.own_module().clone()
        _join_below(self, module)
        return module


class WholeLibrary(JITCodeLibrary):
    """The code of a function and of all below it, joined, optimised and translated once."""

    def finalize(self) -> None:
        """Join the parts and make machine code of them."""
        self._raise_if_finalized()
        self._join()
        self._finalize_final_module()

    def _join(self) -> None:
        _join_below(self, self._final_module)
        self._optimize_final_module()
        self._final_module.verify()


class EntryLibrary(WholeLibrary):
    """A whole for callers other than Numba: an object file, which nothing loads."""

    made: bytes | None = None

    def object_file(self, function: str) -> bytes | None:
        """The object file, with `function` under its entry's name; None where it needs what cannot be found later."""
        entry = self._final_module.get_function(function)
        entry.name = entry_name(self.name)
        self._join()
        outside = [f.name for f in self._final_module.functions if f.is_declaration]
        if not all(_is_found_later(name) for name in outside):
            return None
        return bytes(self._codegen._tm.emit_object(self._final_module))


def _is_found_later(name: str) -> bool:
    """Whether machine code that names this can be loaded: where it cannot, trying would end the process."""
    return name.startswith(("llvm.", entry_name(""))) or bool(llvm.address_of_symbol(name))


def _join_below(library: Any, module: Any) -> None:
    """Copy everything that `library` calls, directly or not, into `module`, each library once.

    Numba's own come last: of them only that is taken which is called by then.
    """
    for below in sorted(_all_below(library), key=lambda found: not isinstance(found, PartLibrary)):
        library._reload_init.update(below._reload_init)
        own = below.own_module() if isinstance(below, PartLibrary) else below._get_module_for_linking()
        module.link_in(own, preserve=True)


def _all_below(library: Any) -> dict[Any, None]:
    """The libraries that `library` calls, directly or not; Numba's own hold what they call themselves."""
    found: dict[Any, None] = {}
    waiting = [library]
    while waiting:
        for below in waiting.pop()._linking_libraries:
            if below not in found:
                found[below] = None
                if isinstance(below, PartLibrary):
                    waiting.append(below)
    return found


# -- the last step of compilation -------------------------------------------------------------------------


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(NativeLowering):
    """Write the function's code into a part."""

    _name = "gongzhi_part_lowering"
    inline = False

    def run_pass(self, state: Any) -> bool:
        """Lower the function; callers find it under a key that stands for its missing machine code."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        state.flags.forceinline = self.inline
        NativeLowering.run_pass(self, state)
        lowered = state["cr"]
        key = object().__reduce__  # Numba asks for a built-in function that no other function has
        state.targetctx.insert_user_function(key, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=key)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class InlinePartLowering(PartLowering):
    """Write the function's code into a part that is compiled into every caller."""

    _name = "gongzhi_inline_part_lowering"
    inline = True


@register_pass(mutates_CFG=True, analysis_only=False)
class WholeLowering(NativeLowering):
    """Write the function's code into a whole and join the parts below."""

    _name = "gongzhi_whole_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function, and let parts that raise errors find what they need for it."""
        codegen = state.targetctx.codegen()
        library = state.library = WholeLibrary(codegen, state.func_id.func_qualname)
        library.enable_object_caching()
        state.flags.no_cpython_wrapper = False
        NativeLowering.run_pass(self, state)
        for variable in library._final_module.global_variables:
            environment = lookup_environment(variable.name)
            if environment is not None:
                codegen.set_env(variable.name, environment)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class EntryLowering(NativeLowering):
    """Write the function's code into an entry."""

    _name = "gongzhi_entry_lowering"

    def run_pass(self, state: Any) -> bool:
        """Lower the function and make its object file, which stays with the library; nothing is loaded."""
        library = state.library = EntryLibrary(state.targetctx.codegen(), state.func_id.func_name)
        state.flags.no_compile = True
        NativeLowering.run_pass(self, state)
        library.made = library.object_file(state["cr"].fndesc.llvm_func_name)
        state["cr"] = state["cr"]._replace(cfunc=object().__reduce__)
        return True


# -- the steps before it ----------------------------------------------------------------------------------

#: Steps that look for what the engine's functions do not contain: closures, unrolled tuples, reports.
_NEEDLESS = {
    "AnnotateTypes",
    "DumpParforDiagnostics",
    "FindLiterallyCalls",
    "InlineClosureLikes",
    "InlineInlinables",
    "InlineOverloads",
    "LiteralPropagationSubPipelinePass",
    "LiteralUnroll",
    "MakeFunctionToJitFunction",
}


class _Flags(Flags):
    """Compiler flags whose copies are one object when equal: Numba compares them tens of thousands of times."""

    _copies: ClassVar[dict[str, Flags]] = {}

    def copy(self) -> Flags:
        copied = Flags(self)
        return self._copies.setdefault(copied.summary(), copied)


class _Compiler(CompilerBase):
    """Numba's compiler with a last step of ours and without the steps in `_NEEDLESS`."""

    lowering: Any

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, names: Any
    ) -> None:
        super().__init__(typing, target, library, args, result, _Flags(flags), names)

    def define_pipelines(self) -> list[Any]:
        """The steps of compilation in order; all of them for a function that contains another."""
        usual = DefaultPassBuilder.define_nopython_pipeline(self.state)
        contains_another = any(isinstance(c, CodeType) for c in self.state.func_id.code.co_consts)
        steps = PassManager("gongzhi")
        for step, why in usual.passes:
            if step is NativeLowering:
                steps.add_pass(self.lowering, why)
            elif contains_another or step.__name__ not in _NEEDLESS:
                steps.add_pass(step, why)
        steps.finalize()
        return [steps]


class PartCompiler(_Compiler):
    """Compiles a part."""

    lowering = PartLowering


class InlinePartCompiler(_Compiler):
    """Compiles a part that goes into every caller."""

    lowering = InlinePartLowering


class WholeCompiler(_Compiler):
    """Compiles a whole."""

    lowering = WholeLowering


class EntryCompiler(_Compiler):
    """Compiles an entry."""

    lowering = EntryLowering
