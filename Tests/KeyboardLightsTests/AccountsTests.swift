import KeyboardLights
import TestSupport
import Testing

@Suite struct AccountsTests {
    private let fake: FakeLights

    init() throws { fake = try FakeLights() }

    @Test func groupsAndUsers() throws {
        try makeFolders(fake.path)
        let (groups, users) = ("\(fake.path)/group", "\(fake.path)/passwd")
        try write("root:x:0:\n# no group\n\nringlight:x:990:ada,grace\nbroken\nempty:x:991:\n", to: groups)
        try write("root:x:0:0:root:/root:/bin/sh\nada:x:1000:990::/home/ada:\nodd:x:1001:many:::\n", to: users)
        #expect(Accounts.group(990, file: groups) == Accounts.Group(id: 990, name: "ringlight", members: ["ada", "grace"]))
        #expect(Accounts.group(991, file: groups)?.members == [])
        #expect(Accounts.group(5, file: groups) == nil)
        #expect(Accounts.user(1000, file: users)?.name == "ada" && Accounts.user(1000, file: users)?.group == 990)
        #expect(Accounts.user(1001, file: users) == nil)
        #expect(Accounts.user(7, file: "\(fake.path)/none") == nil)
    }

    /// What the module tells of a light.
    @Test func lightAccounts() throws {
        try fake.addNode("capslock")
        let catalog = LightCatalog(directory: fake.directory, sysfs: fake.sysfs)
        #expect(catalog.entries().first?.account == nil)
        try fake.addAccount("capslock", holder: "game", pid: 7, lost: true, grabbed: "input2 input10")
        let account = try #require(catalog.entries().first?.account)
        #expect(account.holder?.name == "game" && account.holder?.pid == 7 && account.isLost && account.lostCount == 1)
        #expect(account.grabbed == ["input2", "input10"])
        try fake.addAccount("capslock")
        let free = try #require(catalog.entries().first?.account)
        #expect(free.holder == nil && !free.isLost && free.grabbed == [])
    }

    @Test func triggersToChooseFrom() throws {
        let catalog = LightCatalog(directory: fake.directory, sysfs: fake.sysfs)
        #expect(catalog.triggers == [])
        try fake.addKeyboard(2, name: "AT", light: "numlock", trigger: "none kbd-capslock [kbd-numlock] disk-activity ringlight-capslock timer")
        #expect(catalog.triggers == ["disk-activity", "timer"])
    }
}
