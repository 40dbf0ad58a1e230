"""The peers of the stand-in rule: what they are called, where they live, what they need."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

#: The environment the project itself is installed in.
OWN = "project"


@dataclass(frozen=True)
class Peer:
    """One way of computing the stand-in rule.

    module, attribute : where its `Population` is made; environment : `OWN`, or a section of peers.txt
    packages : whose versions the results state; threads : how many it may use
    """

    name: str
    label: str
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
    Peer("mesa", "Mesa", "plain_mesa", packages=("mesa",)),
    Peer("agentpy", "AgentPy", "agentpy_peer", environment="agentpy", packages=("agentpy",)),
    Peer(
        "mesa_frames",
        "mesa-frames",
        "mesa_frames_peer",
        environment="mesa-frames",
        packages=("mesa-frames", "polars"),
    ),
    Peer("starsim", "Starsim", "starsim_peer", environment="starsim", packages=("starsim",)),
    Peer("starsim_style", "NumPy, Starsim's way", "arrays", "StarsimStyle", packages=("numpy",)),
    Peer("scipy", "SciPy sparse", "arrays", "Sparse", packages=("scipy",)),
    Peer("numpy", "NumPy", "arrays", "Rows", packages=("numpy",)),
    Peer("numpy_padded", "NumPy, padded table", "arrays", "Padded", packages=("numpy",)),
    Peer("engine", "Gongzhi engine", "engine", packages=("numba",)),
    Peer("engine_2", "Gongzhi engine, 2 threads", "engine", packages=("numba",), threads=2),
    Peer("floor", "C floor", "floor"),
    Peer("floor_2", "C floor, 2 threads", "floor", threads=2),
)


def peer(name: str) -> Peer:
    """The peer of this name. Raises KeyError with the known names."""
    known = {one.name: one for one in PEERS}
    if name not in known:
        raise KeyError(f"no peer {name!r}; peers: {', '.join(known)}")
    return known[name]
