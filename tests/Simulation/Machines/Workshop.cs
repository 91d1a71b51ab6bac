using CubeActors.Runtime;
using CubeActors.Storage;

namespace CubeActors.Simulation;

/// <summary>What all runs of one thread share because it is dear to make: buffers without content.</summary>
internal sealed class Workshop
{
    public BufferPool Buffers { get; } = new(64L * 1024 * 1024);
    public RaftLogStaging Staging { get; } = new(64 * 1024);
    public byte[] ReadBuffer { get; } = new byte[256 * 1024];
    public RaftLogSlice[] Slices { get; } = new RaftLogSlice[256];
}
