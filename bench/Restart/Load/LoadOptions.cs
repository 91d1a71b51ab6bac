namespace CubeActors.Restart;

/// <summary>The clients that work while the node restarts.</summary>
/// <param name="Patience">How long an append waits for a partition that takes it; zero is what CubeFS's SDK does.</param>
internal sealed record LoadOptions(string[] Masters, string Volume, int Appenders, int Overwriters, int Readers, TimeSpan Patience)
{
    public bool IsNone => Appenders + Overwriters + Readers == 0;
}
