local function adder(k)
    local total = 0
    return function(x)
        total = total + x * k
        return total
    end
end
local function run(n)
    local sum = 0
    for i = 0, n - 1 do
        local f = adder(i % 7)
        f(1)
        f(2)
        sum = sum + f(3)
    end
    return sum
end
print(run(5000000))
