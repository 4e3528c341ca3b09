-- wrk: sixteen requests in one write, as many as `PIPELINE` says.
local depth = tonumber(os.getenv("PIPELINE") or "16")
local requests

init = function()
    local one = wrk.format("GET", "/")
    requests = one:rep(depth)
end

request = function()
    return requests
end
