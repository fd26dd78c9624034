"""HTTP clients over the native core: what both of them share; `session` and `fast` are theirs.

Rule: imports no other room. `locustella.clients` and `contrib.fasthttp` are its faces. What lies in
this folder imports neither `session` nor `fast`, and these two do not import each other.
"""
