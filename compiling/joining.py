"""Numba passes that leave each function unoptimised, then link and optimise once per entry point.

See `compiling.parts` for why. Only this file uses Numba's internals; importing it raises ImportError if the installed
version lacks one of them.
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
    """LLVM code of one function alone: its callees are declared in it, not copied into it."""

    _shared_module: Any

    def finalize(self) -> None:
        """Close the library without optimising it or generating machine code."""
        self._raise_if_finalized()
        self._finalized = True

    def own_module(self) -> Any:
        """LLVM code of this function alone, with linkage that lets it be linked into several wholes."""
        if self._shared_module is None:
            for function in self._final_module.functions:
                if not function.is_declaration and function.linkage.name == "external":
                    function.linkage = "linkonce_odr"
            self._shared_module = self._final_module
        return self._shared_module

    def _get_module_for_linking(self) -> Any:
        """LLVM code of this function and all its callees, for one of Numba's own libraries that calls it."""
        module = self.own_module().clone()
        _join_below(self, module)
        return module


class WholeLibrary(JITCodeLibrary):
    """A function and everything it calls: linked, optimised and translated to machine code once."""

    def finalize(self) -> None:
        """Link the parts, optimise them and generate machine code."""
        self._raise_if_finalized()
        self._join()
        self._finalize_final_module()

    def _join(self) -> None:
        _join_below(self, self._final_module)
        self._optimize_final_module()
        self._final_module.verify()


#: Counting references to an array of its own, for entries: no other thread sees such an array, and those of the world
#: have nothing to count. Inlined, where Numba's own count with locked instructions behind a call.
_COUNTING = """
declare void @NRT_MemInfo_call_dtor(ptr)

define weak_odr void @NRT_incref(ptr %counted) alwaysinline nounwind {
  %is_of_world = icmp eq ptr %counted, null
  br i1 %is_of_world, label %end, label %count
count:
  %before = load i64, ptr %counted
  %after = add i64 %before, 1
  store i64 %after, ptr %counted
  br label %end
end:
  ret void
}

define weak_odr void @NRT_decref(ptr %counted) alwaysinline {
  %is_of_world = icmp eq ptr %counted, null
  br i1 %is_of_world, label %end, label %count
count:
  %before = load i64, ptr %counted
  %after = sub i64 %before, 1
  store i64 %after, ptr %counted
  %is_unused = icmp eq i64 %after, 0
  br i1 %is_unused, label %free, label %end
free:
  call void @NRT_MemInfo_call_dtor(ptr %counted)
  br label %end
end:
  ret void
}
"""


class EntryLibrary(WholeLibrary):
    """A whole for callers outside Numba: emitted as an object file, not loaded."""

    made: bytes | None = None

    def object_file(self, function: str) -> bytes | None:
        """The object file, with `function` under its entry's name; None if a symbol cannot be resolved at loading."""
        entry = self._final_module.get_function(function)
        entry.name = entry_name(self.name)
        self._final_module.link_in(llvm.parse_assembly(_COUNTING))
        self._join()
        outside = [f.name for f in self._final_module.functions if f.is_declaration]
        if not all(_is_found_later(name) for name in outside):
            return None
        return bytes(self._codegen._tm.emit_object(self._final_module))


def _is_found_later(name: str) -> bool:
    """Whether loading can resolve a symbol; an unresolved one would abort the process."""
    return name.startswith(("llvm.", entry_name(""))) or bool(llvm.address_of_symbol(name))


def _join_below(library: Any, module: Any) -> None:
    """Link every library that `library` calls, directly or not, into `module`, each once.

    Numba's own libraries come last: only functions that are referenced by then are taken from them.
    """
    for below in sorted(_all_below(library), key=lambda found: not isinstance(found, PartLibrary)):
        library._reload_init.update(below._reload_init)
        own = below.own_module() if isinstance(below, PartLibrary) else below._get_module_for_linking()
        module.link_in(own, preserve=True)


def _all_below(library: Any) -> dict[Any, None]:
    """The libraries that `library` calls, directly or not; Numba's own libraries already contain their callees."""
    found: dict[Any, None] = {}
    waiting = [library]
    while waiting:
        for below in waiting.pop()._linking_libraries:
            if below not in found:
                found[below] = None
                if isinstance(below, PartLibrary):
                    waiting.append(below)
    return found


# -- the last pass of compilation -------------------------------------------------------------------------


@register_pass(mutates_CFG=True, analysis_only=False)
class PartLowering(NativeLowering):
    """Generate a part's LLVM code, as the last pass of its compilation."""

    _name = "gongzhi_part_lowering"
    inline = False

    def run_pass(self, state: Any) -> bool:
        """Generate the code, and register the function under a placeholder: a part has no machine code of its own."""
        state.library = PartLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        state.flags.forceinline = self.inline
        NativeLowering.run_pass(self, state)
        lowered = state["cr"]
        key = object().__reduce__  # any built-in function that no other entry has: Numba uses it as a key
        state.targetctx.insert_user_function(key, lowered.fndesc, [state.library])
        state["cr"] = lowered._replace(cfunc=key)
        return True


@register_pass(mutates_CFG=True, analysis_only=False)
class InlinePartLowering(PartLowering):
    """The same for a part that is inlined into every caller."""

    _name = "gongzhi_inline_part_lowering"
    inline = True


@register_pass(mutates_CFG=True, analysis_only=False)
class WholeLowering(NativeLowering):
    """Generate a whole's LLVM code and link the parts below, as the last pass of its compilation."""

    _name = "gongzhi_whole_lowering"

    def run_pass(self, state: Any) -> bool:
        """Generate and link the code, and give linked parts the environments from which they raise errors."""
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
    """Generate an entry's LLVM code and its object file, as the last pass of its compilation."""

    _name = "gongzhi_entry_lowering"

    def run_pass(self, state: Any) -> bool:
        """Generate the object file, which stays with the library; nothing is loaded."""
        library = state.library = EntryLibrary(state.targetctx.codegen(), state.func_id.func_name)
        state.flags.no_compile = True
        NativeLowering.run_pass(self, state)
        library.made = library.object_file(state["cr"].fndesc.llvm_func_name)
        state["cr"] = state["cr"]._replace(cfunc=object().__reduce__)
        return True


# -- the passes before it ----------------------------------------------------------------------------------

#: Passes for what the engine's functions do not contain: closures, unrolled tuples, diagnostics.
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
    """Compiler flags of which equal copies are the same object: Numba compares them tens of thousands of times."""

    _copies: ClassVar[dict[str, Flags]] = {}

    def copy(self) -> Flags:
        copied = Flags(self)
        return self._copies.setdefault(copied.summary(), copied)


class _Compiler(CompilerBase):
    """Numba's compiler with one of the passes above as its last, and without those in `_NEEDLESS`."""

    lowering: Any

    def __init__(
        self, typing: Any, target: Any, library: Any, args: Any, result: Any, flags: Any, names: Any
    ) -> None:
        super().__init__(typing, target, library, args, result, _Flags(flags), names)

    def define_pipelines(self) -> list[Any]:
        """The passes in order; a function that contains another function goes through all of them."""
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
    """Compiler of parts."""

    lowering = PartLowering


class InlinePartCompiler(_Compiler):
    """Compiler of parts that are inlined into every caller."""

    lowering = InlinePartLowering


class WholeCompiler(_Compiler):
    """Compiler of wholes."""

    lowering = WholeLowering


class EntryCompiler(_Compiler):
    """Compiler of entries."""

    lowering = EntryLowering
