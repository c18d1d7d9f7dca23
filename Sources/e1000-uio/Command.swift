import ArgumentParser
import ToolSupport

@main
struct E1000UIO: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "e1000-uio",
        abstract: "Drive an Intel e1000 from user space.",
        version: ringlightVersion,
        subcommands: [
            List.self, Bind.self, Unbind.self, Info.self, Regs.self, EEPROMCommand.self, Stats.self, Top.self, Identify.self,
            Selftest.self, Send.self, Replay.self, Receive.self, Capture.self, Bridge.self, Bench.self, Ping.self, Arping.self,
            DNSCommand.self, DHCPCommand.self, Netcat.self, EchoServer.self, Serve.self, Chat.self,
        ])

    static func main() { Tool.run(Self.self) }
}
