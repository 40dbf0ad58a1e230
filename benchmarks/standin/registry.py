"""The peers of the stand-in rule: what they are called, where they live, what they need."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

#: The environment the project itself is installed in.
OWN = "project"


@dataclass(frozen=True)
class Peer:
    """One way of computing the stand-in rule.

    name : its label stands in the catalogue of texts, under `benchmark`
    module, attribute : where its `Population` is made; environment : `OWN`, or a section of peers.txt
    packages : whose versions the results state; threads : how many it may use
    """

    name: str
    module: str
    attribute: str = "build"
    environment: str = OWN
    packages: tuple[str, ...] = ()
    threads: int = 1

    def build(self, *args: Any, **named: Any) -> Any:
        """A population, see `standin.rule.Population`. Raises ImportError where the peer is not installed."""
        make = getattr(import_module(f"standin.{self.module}"), self.attribute)
        return make(*args, threads=self.threads, **named)


PEERS = (
    Peer("mesa", "plain_mesa", packages=("mesa",)),
    Peer("mesa_4", "plain_mesa", environment="mesa-4", packages=("mesa",)),
    Peer("agentpy", "agentpy_peer", environment="agentpy", packages=("agentpy",)),
    Peer(
        "mesa_frames",
        "mesa_frames_peer",
        environment="mesa-frames",
        packages=("mesa-frames", "polars"),
    ),
    Peer("starsim", "starsim_peer", environment="starsim", packages=("starsim",)),
    Peer("starsim_style", "arrays", "StarsimStyle", packages=("numpy",)),
    Peer("scipy", "arrays", "Sparse", packages=("scipy",)),
    Peer("numpy", "arrays", "Rows", packages=("numpy",)),
    Peer("numpy_padded", "arrays", "Padded", packages=("numpy",)),
    Peer("engine", "engine", packages=("numba",)),
    Peer("engine_2", "engine", packages=("numba",), threads=2),
    Peer("floor", "floor"),
    Peer("floor_2", "floor", threads=2),
)


def peer(name: str) -> Peer:
    """The peer of this name. Raises KeyError with the known names."""
    known = {one.name: one for one in PEERS}
    if name not in known:
        raise KeyError(f"no peer {name!r}; peers: {', '.join(known)}")
    return known[name]
