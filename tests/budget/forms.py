"""The call forms whose instructions are counted, and how often each is called.

    FORMS[0].name    # "HttpUser, self.client.get('/')"
"""

from __future__ import annotations

from dataclasses import dataclass

WARM_UP, FEW, MANY = 50, 100, 1100
ROUNDS = 4  # of which the lowest counts: a round that something has disturbed is no fault


@dataclass(frozen=True)
class Form:
    user: str
    code: str
    listeners: int = 0
    users: int = 1  # which wait for their answers together

    @property
    def name(self) -> str:
        listened = ", with a listener on events.request" if self.listeners else ""
        crowd = f", {self.users} users at once" if self.users > 1 else ""
        return f"{self.user}, {self.code}{listened}{crowd}"


FORMS = (
    Form("HttpUser", "self.client.get('/')"),
    Form("HttpUser", "self.client.get('/', params={'page': 2, 'sort': 'price'})"),
    Form("HttpUser", "self.client.get('/', auth=('u', 'p'), timeout=(3, 10), verify=False)"),
    Form("HttpUser", "self.client.post('/echo', json={'item': 7, 'tags': ['a', 'b']}).json()"),
    Form("HttpUser", "self.client.post('/echo', data={'user': 'alice', 'password': 'x y'})"),
    Form("HttpUser", "with self.client.get('/', catch_response=True) as page: page.success()"),
    Form("HttpUser", "self.client.get('/status/404')"),
    Form("HttpUser", "self.client.get('/')", listeners=1),
    Form("HttpUser", "self.client.get('/')", users=50),
    Form("FastHttpUser", "self.client.get('/')"),
    Form("FastHttpUser", "self.client.post('/echo', json={'item': 7}, auth=('u', 'p'))"),
)
