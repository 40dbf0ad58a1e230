"""Consent to the renovation of a compound, as an ordinary Mesa model on a network."""

from mesa.discrete_space import Network

from model.community import CommunityModel
from neighbours_consent.agents import Home


class NeighboursConsent(CommunityModel):
    """One compound: who signs depends on visits, on neighbours, and on what each household thinks of the works.

    rng : the seed; households : how many; home_visits, pioneers : intensity of two instruments, 0 to 1
    """

    def __init__(self, *, rng=1, households=48, home_visits=0.8, pioneers=0.3):
        super().__init__(
            rng=rng, households=households, home_visits=home_visits, pioneers=pioneers, horizon_weeks=104
        )
        self.grid = Network(self.network(), capacity=1, random=self.random)
        for cell in sorted(self.grid.all_cells, key=lambda cell: cell.coordinate):
            Home(self, cell.coordinate, cell)
