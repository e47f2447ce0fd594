"""A classic site with eight portlets of eight items: `zconsole run zope.conf plone_site.py NAME`.

`kept` has the two lists whose HTML Plone keeps itself, four times each; `made` has eight
collections, which it makes for each page. Zope's `zconsole` gives `app`.
"""
# mypy: ignore-errors
# ruff: noqa: F821

import sys
from datetime import UTC, datetime, timedelta

import transaction
from AccessControl.SecurityManagement import newSecurityManager
from plone import api
from plone.app.portlets import portlets
from plone.portlet.collection import collection
from plone.portlets.interfaces import IPortletAssignmentMapping, IPortletManager
from Products.CMFPlone.factory import addPloneSite
from Testing.makerequest import makerequest
from zope.component import getMultiAdapter, getUtility
from zope.component.hooks import setSite
from zope.globalrequest import setRequest

PERSON, PASSWORD = "reader", "Portal!2345x"
ORDERS = ("effective", "created", "modified", "sortable_title")


def content(site):
    """News, events and pages, twenty of each."""
    for kind, start in (("News Item", 0), ("Event", 1), ("Document", 0)):
        for number in range(20):
            begin = datetime.now(UTC) + timedelta(days=number)
            times = {"start": begin, "end": begin + timedelta(hours=1)} if start else {}
            name, title = f"{kind[:4].lower().strip()}-{number}", f"포털 게시물 {kind} {number}"
            made = api.content.create(site, kind, name, title=title, **times)
            api.content.transition(made, "publish")


def collections(site):
    """Eight portlets of collections: kinds and orders of their own."""
    for number in range(8):
        kinds = ["News Item", "Event", "Document"][: number % 3 + 1]
        operation = "plone.app.querystring.operation.selection.any"
        made = api.content.create(
            site,
            "Collection",
            f"collection-{number}",
            title=f"모음 {number}",
            query=[{"i": "portal_type", "o": operation, "v": kinds}],
            sort_on=ORDERS[number % 4],
            sort_reversed=True,
        )
        api.content.transition(made, "publish")
        yield collection.Assignment(header=made.title, uid=made.UID(), limit=8)


def lists(site):
    """Four times the newest of all, four times the newest of the news."""
    for _ in range(4):
        yield portlets.recent.Assignment(count=8)
        yield portlets.news.Assignment(count=8)


def placed(site, assignments):
    """Four portlets in each column, and no others."""
    for number, name in enumerate(("plone.leftcolumn", "plone.rightcolumn")):
        manager = getUtility(IPortletManager, name=name)
        column = getMultiAdapter((site, manager), IPortletAssignmentMapping)
        for key in list(column):
            del column[key]
        for at, one in enumerate(assignments[number * 4 : number * 4 + 4]):
            column[f"list-{at}"] = one


name = sys.argv[-1]
app = makerequest(app)
setRequest(app.REQUEST)
newSecurityManager(None, app.acl_users.getUser("admin").__of__(app.acl_users))
site = addPloneSite(app, name, title="Portal", setup_content=True, distribution_name="classic")
setSite(site)
content(site)
placed(site, list({"kept": lists, "made": collections}[name](site)))
api.user.create(email="reader@example.com", username=PERSON, password=PASSWORD)
transaction.commit()
