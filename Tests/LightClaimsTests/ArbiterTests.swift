import KeyboardLights
import LightClaims
import Testing

@Suite("Arbiter: who shows")
struct ArbiterTests {
    @Test func `without claims nothing shows`() {
        #expect(Arbiter().showing("capslock") == nil)
    }
}
