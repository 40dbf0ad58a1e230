"""Numba types and code for the world's arrays and records: the half of `compiling.compiled` that needs Numba."""

import hashlib
from collections.abc import Callable
from typing import Any

from numba import typeof, types
from numba.core import cgutils
from numba.core.errors import NumbaTypeError
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import (
    AttributeTemplate,
    infer,
    infer_getattr,
    infer_global,
    make_intrinsic_template,
)
from numba.extending import NativeValue, models, register_model, typeof_impl, unbox

# -- the world as one address -----------------------------------------------------------------------------


class ByAddress(types.Type):
    """Numba type of a named tuple of arrays that is passed as a pointer to the arrays' headers."""

    def __init__(self, contents: Any) -> None:
        self.contents = contents
        digest = hashlib.blake2b(str(contents).encode(), digest_size=8).hexdigest()
        super().__init__(f"{contents.instance_class.__name__}_{digest}")


def pass_by_address(tuple_class: type) -> None:
    """See `compiling.compiled.by_address`."""

    @typeof_impl.register(tuple_class)
    def _typeof(value: Any, context: Any) -> Any:
        return ByAddress(types.NamedTuple([typeof_impl(array, context) for array in value], tuple_class))


@register_model(ByAddress)
class _Model(models.PrimitiveModel):
    def __init__(self, manager: Any, numba_type: Any) -> None:
        headers = manager[numba_type.contents].get_value_type()
        super().__init__(manager, numba_type, headers.as_pointer())


@unbox(ByAddress)
def _unbox(numba_type: Any, value: Any, c: Any) -> Any:
    """Copy array headers to the stack; release array references on return."""
    headers = c.unbox(numba_type.contents, value)
    address = cgutils.alloca_once_value(c.builder, headers.value)

    def let_go() -> None:
        if headers.cleanup is not None:
            headers.cleanup()
        c.context.nrt.decref(c.builder, numba_type.contents, headers.value)

    return NativeValue(address, is_error=headers.is_error, cleanup=let_go)


@infer_getattr
class _Attributes(AttributeTemplate):
    key = ByAddress

    def generic_resolve(self, numba_type: Any, name: str) -> Any:
        contents = numba_type.contents
        return contents[contents.fields.index(name)] if name in contents.fields else None


@lower_getattr_generic(ByAddress)
def _read_array(context: Any, builder: Any, numba_type: Any, address: Any, name: str) -> Any:
    """Make an array from its header, without counting a reference."""
    contents = numba_type.contents
    position = contents.fields.index(name)
    array_type = contents[position]
    if array_type.layout != "C":
        raise NumbaTypeError(f"array {name!r} of {contents.instance_class.__name__} is not contiguous")
    # Nothing writes to the headers while compiled code runs: LLVM may move reads of them out of loops.
    for argument in builder.function.args:
        if argument.type == address.type:
            argument.add_attribute("noalias")
            argument.attributes.dereferenceable = context.get_abi_sizeof(address.type.pointee)
    stored = context.make_helper(builder, array_type, ref=cgutils.gep_inbounds(builder, address, 0, position))
    shape = cgutils.unpack_tuple(builder, stored.shape)
    item = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(array_type.dtype)))
    strides = [item]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent, flags=["nsw"]))
    array = context.make_array(array_type)(context, builder)
    context.populate_array(array, data=stored.data, shape=shape, strides=strides, itemsize=item, meminfo=None)
    return array._getvalue()


def types_of_entry(function: Callable[..., int | None], world: Any) -> tuple[Any, ...]:
    """Argument types for which an entry is compiled: a world like this one, and integers."""
    return (typeof(world), *[types.int64] * (function.__code__.co_argcount - 1))


# -- a record treated as constant -------------------------------------------------------------------------


def copy_when_called(function: Callable[..., Any]) -> None:
    """See `compiling.compiled.held`."""
    _add_intrinsic(function, _copy_of_record)


def _add_intrinsic(function: Callable[..., Any], definition: Callable[..., Any]) -> None:
    template = make_intrinsic_template(function, definition, function.__name__)
    infer(template)
    infer_global(function, types.Function(template))


def _copy_of_record(_context: Any, record: Any) -> Any:
    if not isinstance(record, types.Record):
        return None

    def copy(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        size = context.get_constant(types.intp, record.size)
        place = cgutils.alloca_once(builder, context.get_data_type(record))
        cgutils.raw_memcpy(builder, place, arguments[0], size, 1)
        return place

    return record(record), copy


# -- callees in other object files ------------------------------------------------------------------------


def call_by_name(function: Callable[..., Any], name: str) -> None:
    """Compile calls of `function` into calls of a symbol in another object file, see `compiling.entries.apart`."""

    def of_compound_and_week(_context: Any, world: Any, c: Any, week: Any) -> Any:
        taken = (world, types.int64, types.int64)

        def call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            convention = context.call_conv
            kind = convention.get_function_type(types.none, taken)
            callee = cgutils.get_or_insert_function(builder.module, kind, name)
            status, nothing = convention.call_function(builder, callee, types.none, taken, arguments)
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return nothing

        return types.none(*taken), call

    _add_intrinsic(function, of_compound_and_week)
