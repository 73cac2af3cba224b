-- Primes below five million by the sieve of Eratosthenes: table elements.
local n = 5000000
local composite = {}
for i = 1, n do composite[i] = false end
local count = 0
for i = 2, n - 1 do
    if not composite[i + 1] then
        count = count + 1
        local k = i * i
        while k < n do
            composite[k + 1] = true
            k = k + i
        end
    end
end
print(count)
