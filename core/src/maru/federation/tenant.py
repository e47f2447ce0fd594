"""What a company says about signing in as a whole."""

from typing import Final

from pydantic import Field

from maru_sdk import Settings

KEY: Final = "core.sign_in"


class SignInSettings(Settings):
    """`passwords`: people may use passwords of this installation. Admins always may, and
    everybody where there is no other way in. `new_device_mail`: people are told by mail of a
    sign-in in a browser that they had not used before."""

    passwords: bool = Field(True, title="People may sign in with a password kept here")
    new_device_mail: bool = Field(True, title="People are told of sign-ins in a new browser")
