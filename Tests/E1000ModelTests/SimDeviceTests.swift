import E1000Model
import Testing

@Suite("The model as a device")
struct SimDeviceTests {
    @Test("what was planned happens in its order, also when all of it is due at once and speaks to the card")
    func plans() {
        let sim = SimDevice(clock: VirtualClock(step: 1000))
        var happened: [Int] = []
        for number in 0..<10 {
            sim.after(Int64(number) * 1000) { sim in
                sim.step()
                happened.append(number)
            }
        }
        // Planned by a plan, and due.
        sim.after(5500) { sim in sim.after(0) { _ in happened.append(10) } }
        for _ in 0..<20 { sim.step() }
        #expect(happened.sorted() == Array(0...10))
        #expect(happened.filter { $0 < 10 } == Array(0..<10))
    }
}
