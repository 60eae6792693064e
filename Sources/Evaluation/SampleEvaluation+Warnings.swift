internal import Foundation
internal import Metrics
internal import Torch

extension SampleEvaluation {
    /// Reasons for which the numbers are less than they seem.
    func warnings(_ sets: [ImageSet], _ data: ImageSet, _ name: EvaluationReport.Data) throws -> [String] {
        var warnings =
            EvaluationReport.warnings(ofCounts: sets.map(\.count) + [data.count]) + warningsOfExtractor + name.warnings
        warnings += sets.flatMap(\.remarks).map { "Samples: \($0)" } + data.remarks.map { "Data: \($0)" }
        let copies = sets.map { Self.copies(in: $0.pixels, of: data.pixels) }.reduce(0, +)
        if copies > 0 { warnings.append("\(copies) samples are exact copies of images of the data: the sets overlap.") }
        for set in sets {
            let distinct = Set(Self.digests(set.pixels)).count
            guard set.count >= 20, distinct * 2 < set.count else { continue }
            warnings.append(
                "Of \(set.count) samples only \(distinct) are different: the model may have collapsed or failed.")
            break
        }
        for set in sets
        where set.resizing?.from != data.resizing?.from || (set.resizing == nil) != (data.resizing == nil) {
            warnings.append(
                """
                Samples and data were resized differently (samples \(set.resizing?.description ?? "not at all"), data \
                \(data.resizing?.description ?? "not at all")): a part of the distance is due to that.
                """)
            break
        }
        return warnings
    }

    /// Reasons of that kind that lie in the extractor.
    var warningsOfExtractor: [String] {
        var warnings: [String] = []
        if !extractor.isInception {
            warnings.append(
                "The features are those of \(extractor.name), so these numbers are not FID, KID or Inception Scores of papers."
            )
        }
        if let classifier = extractor as? ClassifierExtractor, classifier.isTestedOnTraining {
            warnings.append(
                "The data have no test part: the accuracy of \(extractor.name) is that on the images that it learned from."
            )
        }
        return warnings
    }

    /// Number of images of a set that occur in the data, byte for byte.
    static func copies(in set: Tensor, of data: Tensor) -> Int {
        let known = Set(digests(data))
        return digests(set).count { known.contains($0) }
    }

    /// A number per image that differs between different images, nearly always: two random projections of its bytes.
    private static func digests(_ images: Tensor) -> [[Double]] {
        let rows = images.flatten(1)
        let weights = Tensor.randint(
            -1_000_000..<1_000_001, [rows.shape[1], 2], using: RandomSource(Seed(1)), dtype: .int64
        ).to(.float64)
        // Sums of whole numbers below 2^53, so they are exact.
        let sums = stride(from: 0, to: rows.shape[0], by: 1000).map {
            rows.slice(0, $0, $0 + 1000).to(.float64).matmul(weights)
        }
        let values = Tensor.cat(sums).scalars(as: Double.self)
        return stride(from: 0, to: values.count, by: 2).map { [values[$0], values[$0 + 1]] }
    }
}

extension EvaluationReport {
    /// Reasons of that kind that lie in the numbers of samples.
    static func warnings(ofCounts counts: [Int]) -> [String] {
        var warnings: [String] = []
        let fewest = counts.min() ?? 0
        if fewest < 10_000 {
            warnings.append(
                """
                Only \(fewest) image\(fewest == 1 ? "" : "s") on one side: Fréchet distances are biased upwards, roughly as 1 / N. Compare equal \
                counts only; 10 000 or more are usual.
                """)
        }
        if Set(counts).count > 1 {
            warnings.append("Samples and data differ in number: \(Set(counts).sorted()).")
        }
        return warnings
    }

    /// Warnings about precision and recall that a few balls make.
    static func concentrations(_ outcome: Evaluator.Outcome) -> [String] {
        [(Metric.precision, "samples", "data"), (.recall, "data", "samples")].compactMap { metric, counted, balls in
            guard let measured = outcome.measurements[metric], let found = measured.concentration, found.isSuspicious,
                let trimmed = measured.trimmed
            else { return nil }
            return """
                \(metric.title(isInception: false)): half of the \(counted) that count lie in the \(found.balls) largest of \
                \(found.of) balls of the \(balls), so outliers of the \(balls) make the number. Without the largest tenth of the \
                balls it is \(String(format: "%.4g", trimmed)); see density and coverage too.
                """
        }
    }
}

extension EvaluationReport.Data {
    /// Warnings about data that a model learned from.
    var warnings: [String] {
        switch (isTrainingData, split) {
        case (true?, _):
            return [
                """
                The model learned from these data (\(name)\(split.map { ":\($0)" } ?? "")): a model that copies them gets the best \
                numbers. Judge it by data that it has not seen.
                """
            ]
        case (nil, "train"?):
            return ["The data are a training part: if the model learned from it, copies get the best numbers."]
        default: return []
        }
    }
}
