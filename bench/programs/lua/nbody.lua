local sqrt = math.sqrt
local function body(x, y, z, vx, vy, vz, m)
    return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, m = m }
end
local function advance(bodies, dt)
    local n = #bodies
    for i = 1, n do
        local a = bodies[i]
        for j = i + 1, n do
            local b = bodies[j]
            local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            local d2 = dx * dx + dy * dy + dz * dz
            local mag = dt / (d2 * sqrt(d2))
            local am, bm = a.m * mag, b.m * mag
            a.vx = a.vx - dx * bm
            a.vy = a.vy - dy * bm
            a.vz = a.vz - dz * bm
            b.vx = b.vx + dx * am
            b.vy = b.vy + dy * am
            b.vz = b.vz + dz * am
        end
    end
    for _, r in ipairs(bodies) do
        r.x = r.x + dt * r.vx
        r.y = r.y + dt * r.vy
        r.z = r.z + dt * r.vz
    end
end
local function energy(bodies)
    local e = 0.0
    for i = 1, #bodies do
        local a = bodies[i]
        e = e + a.m * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz) / 2.0
        for j = i + 1, #bodies do
            local b = bodies[j]
            local dx, dy, dz = a.x - b.x, a.y - b.y, a.z - b.z
            e = e - a.m * b.m / sqrt(dx * dx + dy * dy + dz * dz)
        end
    end
    return e
end
local bodies = {
    body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 39.5),
    body(4.8, -1.2, -0.1, 0.6, 2.8, -0.02, 0.037),
    body(8.3, 4.1, -0.4, -1.0, 1.8, 0.008, 0.011),
    body(12.9, -15.1, -0.2, 1.08, 0.87, -0.01, 0.0017),
    body(15.4, -25.9, 0.18, 0.98, 0.59, -0.03, 0.002)
}
for i = 1, 500000 do advance(bodies, 0.01) end
print(string.format("%.15f", energy(bodies)))
