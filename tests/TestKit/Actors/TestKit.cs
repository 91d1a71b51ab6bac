using Akka.Actor;
using Akka.Configuration;

namespace CubeActors.TestKit;

/// <summary>
/// Base of an actor test for xunit, with the names and meanings of Akka.TestKit.Xunit2: real threads and real time, unless the
/// configuration is <see cref="TestKitBase.VirtualTimeConfig"/> (or the test derives from <see cref="ActorTest"/>).
/// </summary>
/// <remarks>
/// Inside namespaces that begin with CubeActors the name must be written TestKit.TestKit, because TestKit alone is the namespace.
/// </remarks>
public class TestKit : TestKitBase, IDisposable
{
    private readonly bool _ownsSystem;
    private bool _disposed;

    public TestKit(ActorSystem? system = null, string? actorSystemName = null)
        : this(system ?? CreateSystem(actorSystemName, Config.Empty), ownsSystem: system is null) { }

    public TestKit(Config config, string? actorSystemName = null) : this(CreateSystem(actorSystemName, config), ownsSystem: true) { }

    public TestKit(string config, string? actorSystemName = null)
        : this(ConfigurationFactory.ParseString(config), actorSystemName) { }

    private TestKit(ActorSystem system, bool ownsSystem) : base(system, ownsSystem ? "testActor" : null) => _ownsSystem = ownsSystem;

    /// <summary>Before the system stops; for what the test itself must give back.</summary>
    protected virtual void AfterAll() { }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            AfterAll();
            if (_ownsSystem) Shutdown();
        }
        finally
        {
            Release();
        }
    }

    private static ActorSystem CreateSystem(string? name, Config config) =>
        ActorSystem.Create(name ?? "test", config.WithFallback(TestKitConfig.Common));
}

/// <summary>A scenario in virtual time: nothing waits, nothing depends on threads, the same every run.</summary>
/// <param name="config">HOCON of the test, above the kit's own.</param>
public abstract class ActorTest(string config = "")
    : TestKit(Akka.Configuration.ConfigurationFactory.ParseString(config).WithFallback(VirtualTimeConfig));
