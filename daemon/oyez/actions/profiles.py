"""The profiles of the config: which one is on."""

from __future__ import annotations

from pydantic import Field

from oyez.actions.action import Answer, Asked, Home, Request, action

NONE = "none"


class WantedProfile(Request):
    """A profile."""

    profile: str | None = Field(
        None, description="its name in the config, or `none`: all as it was before; left out, it stays as it is"
    )


class Profile(Answer):
    """The one that is on, and those that there are."""

    profile: str | None
    profiles: list[str]


@action(WantedProfile, Profile, plain="profile")
async def profile(home: Home, asked: Asked[WantedProfile]) -> Profile:
    """Tell or change the profile that the rooms live by: settings of the config under a name."""
    if wanted := asked.request.profile:
        await home.settings.live_by(None if wanted == NONE else wanted)
    return Profile(profile=home.settings.profile, profiles=list(home.settings.profiles))
