local Circle, Square, Oblong = {}, {}, {}
Circle.__index, Square.__index, Oblong.__index = Circle, Square, Oblong
function Circle:area() return 3 * self.r * self.r end
function Circle:grow(k) self.r = (self.r + k) % 10 end
function Square:area() return self.side * self.side end
function Square:grow(k) self.side = (self.side + k) % 10 end
function Oblong:area() return self.a * self.b end
function Oblong:grow(k) self.a = (self.a + k) % 10 end
local function circle(r) return setmetatable({ r = r }, Circle) end
local function square(side) return setmetatable({ side = side }, Square) end
local function run(n)
    local shapes = { circle(1), square(2), setmetatable({ a = 3, b = 4 }, Oblong), circle(5), square(6) }
    local sum = 0
    for i = 0, n - 1 do
        for _, s in ipairs(shapes) do
            s:grow(i % 3)
            sum = sum + s:area()
        end
    end
    return sum
end
print(run(2000000))
