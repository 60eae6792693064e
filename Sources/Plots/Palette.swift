/// Colours that people with any kind of colour vision tell apart (Okabe and Ito 2008), strongest first.
enum Palette {
    static let series = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
    static let axis = "#666666"
    static let text = "#333333"
    static let grid = "#E3E3E3"

    /// The colour of a series; after the last colour they start again, then with dashes.
    static func style(_ index: Int) -> String {
        "lc rgb \"\(series[index % series.count])\" dt \(1 + index / series.count % 4)"
    }
}
