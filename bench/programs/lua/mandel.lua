local function point(cr, ci)
    local zr, zi = 0.0, 0.0
    for k = 0, 199 do
        if zr * zr + zi * zi > 4.0 then return k end
        local t = zr * zr - zi * zi + cr
        zi = 2.0 * zr * zi + ci
        zr = t
    end
    return 200
end
local function picture(n)
    local sum = 0
    for y = 0, n - 1 do
        for x = 0, n - 1 do
            sum = sum + point(3.0 * x / n - 2.0, 2.0 * y / n - 1.0)
        end
    end
    return sum
end
print(picture(600))
