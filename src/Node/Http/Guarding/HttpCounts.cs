namespace CubeActors.Node;

/// <summary>What the operators' port did not carry out, by why. Thread-safe.</summary>
internal sealed class HttpCounts
{
    private readonly long[] _refused = new long[Reasons.Count];

    /// <summary>Labels of the metric.</summary>
    public static IReadOnlyList<string> Reasons { get; } = ["no_token", "wrong_token", "not_local", "not_tls", "too_many_requests", "too_many_of_path", "too_many_streams", "too_many_connections"];

    public IReadOnlyList<(string Reason, long Count)> Refused => [.. Reasons.Select((reason, index) => (reason, Interlocked.Read(ref _refused[index])))];

    public void Count(Refusal refusal) => Count((int)refusal - 1);

    public void Count(Overload overload) => Count((int)Refusal.NotTls + (int)overload - 1);

    private void Count(int reason) => Interlocked.Increment(ref _refused[reason]);
}

/// <summary>A limit of the operators' port that was reached.</summary>
internal enum Overload
{
    None,

    /// <summary>Requests at once, all together.</summary>
    Requests,

    /// <summary>Requests at once of one path that costs much.</summary>
    OfPath,

    /// <summary>Answers that go on for long.</summary>
    Streams,

    /// <summary>Connections, of all others or of one address.</summary>
    Connections,
}
