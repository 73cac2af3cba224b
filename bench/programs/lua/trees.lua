local function make(d)
    if d == 0 then return { left = nil, right = nil } end
    return { left = make(d - 1), right = make(d - 1) }
end
local function check(t)
    if t.left == nil then return 1 end
    return 1 + check(t.left) + check(t.right)
end
local long_lived = make(16)
local sum = 0
for k = 1, 200 do sum = sum + check(make(12)) end
print(sum, check(long_lived))
