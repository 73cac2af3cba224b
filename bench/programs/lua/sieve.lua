local function sieve(n)
    local marked = {}
    for i = 0, n - 1 do marked[i] = false end
    local count = 0
    for i = 2, n - 1 do
        if not marked[i] then
            count = count + 1
            local k = i * i
            while k < n do
                marked[k] = true
                k = k + i
            end
        end
    end
    return count
end
local sum = 0
for round = 1, 20 do sum = sum + sieve(500000) end
print(sum)
