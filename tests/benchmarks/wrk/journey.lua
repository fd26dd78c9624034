-- A login with a form, then nine pages with the cookie that it gave.
local form = "user=alice&password=wonderland"
local requests, at = {}, 0

init = function()
  requests[1] = wrk.format("POST", "/login", {["Content-Type"] = "application/x-www-form-urlencoded"}, form)
  for page = 2, 10 do
    requests[page] = wrk.format("GET", "/account", {["Cookie"] = "session=7f3a9c"})
  end
end

request = function()
  at = at % 10 + 1
  return requests[at]
end
