"""What is seen of a household: its home, a node of the network of acquaintances."""

from mesa.discrete_space import FixedAgent


class Home(FixedAgent):
    """The home of one household. The household itself decides by Gongzhi's rules; the home shows what it did."""

    def __init__(self, model, row, cell):
        super().__init__(model)
        self.row = row
        self.cell = cell

    @property
    def signed(self):
        """Whether the household has signed."""
        return bool(self.model.column("signed")[self.row])

    @property
    def support(self):
        """What it thinks of the renovation in private, from −1 to 1."""
        return float(self.model.column("support")[self.row])
