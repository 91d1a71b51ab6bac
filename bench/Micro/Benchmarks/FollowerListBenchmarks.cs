using BenchmarkDotNet.Attributes;
using CubeActors.Protocol;

namespace CubeActors.Micro;

/// <summary>The follower list of every append; a connection sees the same one again and again.</summary>
public class FollowerListBenchmarks
{
    private const int FollowersMax = 8;
    private readonly byte[] _arg = FollowerList.Format(["192.168.0.32:17310", "192.168.0.33:17310"]);
    private readonly FollowerListCache _cache = new(FollowersMax);

    [Benchmark] public bool TryParse() => FollowerList.TryParse(_arg, FollowersMax, out _);
    [Benchmark] public bool TryParseCached() => _cache.TryParse(_arg, out _);
}
