-- Planets around the sun: fields of tables and floats.
local function Body(x, y, z, vx, vy, vz, mass)
    return { x = x, y = y, z = z, vx = vx, vy = vy, vz = vz, mass = mass }
end

local pi = 3.141592653589793
local solar_mass = 4 * pi * pi
local year = 365.24
local sqrt = math.sqrt

local function planet(x, y, z, vx, vy, vz, mass)
    return Body(x, y, z, vx * year, vy * year, vz * year, mass * solar_mass)
end

local bodies = {
    Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, solar_mass),
    planet(4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
           0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023, 0.000954791938424326609),
    planet(8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
           -0.00276742510726411, 0.00499852801234917238, 0.0000230417297573763929, 0.000285885980666130812),
    planet(12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
           0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556, 0.0000436624404335156298),
    planet(15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
           0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870, 0.0000515138902046611451),
}

local function energy(bodies)
    local e = 0.0
    for i = 1, #bodies do
        local b = bodies[i]
        e = e + 0.5 * b.mass * (b.vx * b.vx + b.vy * b.vy + b.vz * b.vz)
        for j = i + 1, #bodies do
            local c = bodies[j]
            local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
            e = e - b.mass * c.mass / sqrt(dx * dx + dy * dy + dz * dz)
        end
    end
    return e
end

local function offset_momentum(bodies)
    local px, py, pz = 0.0, 0.0, 0.0
    for _, b in ipairs(bodies) do
        px = px + b.vx * b.mass
        py = py + b.vy * b.mass
        pz = pz + b.vz * b.mass
    end
    local sun = bodies[1]
    sun.vx = -px / solar_mass
    sun.vy = -py / solar_mass
    sun.vz = -pz / solar_mass
end

local function advance(bodies, dt)
    local n = #bodies
    for i = 1, n do
        local b = bodies[i]
        for j = i + 1, n do
            local c = bodies[j]
            local dx, dy, dz = b.x - c.x, b.y - c.y, b.z - c.z
            local d = dx * dx + dy * dy + dz * dz
            local mag = dt / (d * sqrt(d))
            local cm, bm = c.mass * mag, b.mass * mag
            b.vx = b.vx - dx * cm
            b.vy = b.vy - dy * cm
            b.vz = b.vz - dz * cm
            c.vx = c.vx + dx * bm
            c.vy = c.vy + dy * bm
            c.vz = c.vz + dz * bm
        end
    end
    for _, b in ipairs(bodies) do
        b.x = b.x + dt * b.vx
        b.y = b.y + dt * b.vy
        b.z = b.z + dt * b.vz
    end
end

offset_momentum(bodies)
print(string.format("%.17g", energy(bodies)))
for i = 1, 200000 do advance(bodies, 0.01) end
print(string.format("%.17g", energy(bodies)))
