-- The same JSON document to the same path, again and again.
wrk.method = "POST"
wrk.path = "/orders"
wrk.body = '{"item": 7, "quantity": 2, "note": "as a gift", "express": true}'
wrk.headers["Content-Type"] = "application/json"
