import LightClaims

/// Where the sources of events hand in what they want of the lights.
protocol LightDesk: AnyObject {
    /// Takes a claim, or lets the one with its id and light last longer; one that is refused is logged.
    func claim(_ claim: Claim)
    /// Ends the claims of that id, on every light.
    func release(id: String)
}
