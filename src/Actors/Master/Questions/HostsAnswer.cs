namespace CubeActors.Actors;

/// <summary>What came back when the masters were asked who hosts a partition (<c>/dataPartition/get</c>).</summary>
public abstract record HostsAnswer
{
    private HostsAnswer()
    {
    }

    /// <summary>A leader's answer.</summary>
    /// <param name="Hosts"><c>ip:port</c> each, in the master's order: the first is the one that leads chain and repair. Never empty.</param>
    public sealed record Answered(IReadOnlyList<string> Hosts) : HostsAnswer
    {
        /// <summary>This node leads the partition's repair. Compared with the port: two nodes of one machine must not both believe it.</summary>
        /// <param name="self"><c>ip:port</c>; empty while the node does not know it, and then it leads nothing.</param>
        public bool IsFirst(string self) => self.Length > 0 && Hosts[0] == self;
    }

    /// <summary>The master knows no such partition in that volume.</summary>
    public sealed record Unknown : HostsAnswer;

    /// <summary>Nobody answered, or not what was asked: nothing is known.</summary>
    /// <param name="Why">For the log.</param>
    public sealed record NoAnswer(string Why) : HostsAnswer;
}
