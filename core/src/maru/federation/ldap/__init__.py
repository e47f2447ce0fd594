"""Directories: LDAP and Active Directory, asked whether a name and a password belong together."""
