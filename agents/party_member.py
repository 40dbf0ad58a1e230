"""Party members (党员): residents who may also register at home (双报到), hear the branch and act first in public.

Membership, activism and visible first action are three separate things, and each may have no effect: the
first two shift taste only by `member_support` and `activist_support`, both zero by default.
"""

from agents.categories import Party
from agents.overriding import own
from agents.resident import Resident, Voices


class PartyMember(Resident):
    """A household with a Party member (党员): a resident that also hears the branch and may register at home.

    Acting first in public is any resident's decision (`Resident.acts_first`), for which a strategy may ask members.
    """

    @property
    @own
    def in_service(self) -> bool:
        """Whether the member still works; the others are retired."""
        return self.party is Party.IN_SERVICE

    @property
    @own
    def registers_at_home(self) -> bool:
        """Whether the member reports to the community where it lives (双报到) when asked to, and gives hours."""
        return self.in_service

    def groups_heard(self, voices: Voices) -> list[tuple[float, float]]:
        """A member also hears the Party branch."""
        heard = super().groups_heard(voices)
        if voices.branch is not None:
            heard.append((self.model.parameters.branch_influence, voices.branch))
        return heard
