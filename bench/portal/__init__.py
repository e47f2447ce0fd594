"""The portal page of eight portlets beside Plone's, and in a browser."""
