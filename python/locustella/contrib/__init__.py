"""Clients beyond the plain HTTP one, under the module names that Locust gives them."""
