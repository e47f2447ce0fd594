"""What proves a person besides the password: codes of an app, passkeys, and codes on paper."""
