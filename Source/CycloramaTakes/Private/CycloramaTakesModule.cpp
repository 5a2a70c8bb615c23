// Looks at Take Recorder while the editor runs.
#include "Containers/Ticker.h"
#include "CycloramaCore.h"
#include "CycloramaTakeFollower.h"
#include "Modules/ModuleManager.h"

class FCycloramaTakesModule : public IModuleInterface
{
public:
	void StartupModule() override
	{
		if (!FCycloramaCoreModule::Usable())
		{
			// The core has said why.
			return;
		}
		/// How often Take Recorder is looked at.
		constexpr float FollowSeconds = 0.1f;
		Ticker = FTSTicker::GetCoreTicker().AddTicker(FTickerDelegate::CreateLambda([this](float) {
			Follower.Look();
			return true;
		}), FollowSeconds);
		bStarted = true;
	}

	void ShutdownModule() override
	{
		if (bStarted)
		{
			bStarted = false;
			FTSTicker::RemoveTicker(Ticker);
		}
	}

private:
	FCycloramaTakeFollower Follower;
	FTSTicker::FDelegateHandle Ticker;
	bool bStarted = false;
};

IMPLEMENT_MODULE(FCycloramaTakesModule, CycloramaTakes)
