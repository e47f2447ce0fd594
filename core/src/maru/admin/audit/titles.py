"""What actions are called. One that isn't known here, a plugin's, goes by its code."""

from collections.abc import Callable

Say = Callable[[str], str]


def titles(t: Say) -> dict[str, str]:
    """The actions of core in the reader's language."""
    return {
        "admin_addresses.changed": t("Allowed addresses of the admin area changed"),
        "search_words.changed": t("Words of search changed"),
        "search_engine.changed": t("Search engine changed"),
        "audit.exported": t("Audit trail exported"),
        "auth.invited": t("Person invited"),
        "auth.invited_all": t("People invited"),
        "auth.login": t("Signed in"),
        "auth.login_failed": t("Sign-in failed"),
        "auth.logout": t("Signed out"),
        "auth.new_password_required": t("New password required"),
        "auth.password_changed": t("Password changed"),
        "auth.password_set": t("Password set by an administrator"),
        "auth.reset_asked": t("Password reset asked for"),
        "auth.token_reused": t("A used sign-in token came again"),
        "data_key.destroyed": t("Data key destroyed"),
        "data_key.rotated": t("Data key renewed"),
        "department.changed": t("Department changed"),
        "department.created": t("Department created"),
        "department.removed": t("Department removed"),
        "job.cancelled": t("Job cancelled"),
        "job.sent_again": t("Job sent again"),
        "listener.replayed": t("Events delivered again"),
        "mail.tested": t("Test mail sent"),
        "people.exported": t("People exported"),
        "people.list_applied": t("List of people applied"),
        "people.list_given_up": t("List of people given up"),
        "people.list_uploaded": t("List of people uploaded"),
        "person.changed": t("Person changed"),
        "person.created": t("Person created"),
        "person.deactivated": t("Person deactivated"),
        "person.moved": t("Person moved"),
        "person.reactivated": t("Person reactivated"),
        "person.viewed": t("Person's data viewed"),
        "plugin.disabled": t("Plugin switched off"),
        "plugin.enabled": t("Plugin switched on"),
        "plugin.settings_changed": t("Settings changed"),
        "position.changed": t("Position changed"),
        "position.created": t("Position created"),
        "position.removed": t("Position removed"),
        "rights.granted": t("Right granted"),
        "rights.revoked": t("Right revoked"),
        "role.changed": t("Role changed"),
        "role.created": t("Role created"),
        "role.deleted": t("Role deleted"),
        "schedule.run_asked": t("Schedule run by hand"),
        "schedule.turned_off": t("Schedule turned off"),
        "schedule.turned_on": t("Schedule turned on"),
        "sign_in.new_device_mail": t("Mail about new browsers switched on or off"),
        "sign_in.passwords": t("Passwords switched on or off"),
        "sign_in_provider.tested": t("Sign-in provider tested"),
    }


def fields(t: Say) -> dict[str, str]:
    """What the fields of core's lines are called."""
    return {
        "action": t("Action"),
        "address": t("Address"),
        "department_id": t("Department"),
        "email": t("Email"),
        "enabled": t("Switched on"),
        "error": t("Error"),
        "kind": t("Kind"),
        "locale": t("Language"),
        "name": t("Name"),
        "parent_id": t("Department above"),
        "phone": t("Phone"),
        "position": t("Position"),
        "role": t("Role"),
        "scope": t("Scope"),
        "session": t("Session"),
        "state": t("State"),
        "target": t("Target"),
        "timezone": t("Time zone"),
        "username": t("User name"),
    }
