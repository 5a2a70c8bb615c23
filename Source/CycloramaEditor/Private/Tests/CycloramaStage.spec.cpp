// For people with the engine: what the stand-in cannot show. docs/unreal.md has the line that runs it.
#include "CoreMinimal.h"
#include "CycloramaCluster.h"
#include "CycloramaCore.h"
#include "CycloramaPreflight.h"
#include "CycloramaSettings.h"
#include "CycloramaSlate.h"
#include "CycloramaTracking.h"
#include "Misc/AutomationTest.h"
#include "UObject/UnrealType.h"

#if WITH_DEV_AUTOMATION_TESTS

BEGIN_DEFINE_SPEC(FCycloramaStageSpec, "Cyclorama.Stage", EAutomationTestFlags::EditorContext | EAutomationTestFlags::EngineFilter)
END_DEFINE_SPEC(FCycloramaStageSpec)

void FCycloramaStageSpec::Define()
{
	Describe("The core", [this] {
		It("fits the plugin's headers", [this] {
			TestTrue(TEXT("usable"), FCycloramaCoreModule::Get() && FCycloramaCoreModule::Get()->IsUsable());
		});
		It("listens and stops", [this] {
			const TSharedPtr<FCycloramaTracking> Session = FCycloramaTracking::Open(FString(TEXT("protocol=freed; bind=127.0.0.1:0")));
			FString Why;
			TestTrue(TEXT("listening"), Session->State(Why) == ECycloramaState::Listening);
			TestNotEqual(TEXT("port"), static_cast<int32>(Session->Port()), 0);
			Session->Stop();
			TestTrue(TEXT("stopped"), Session->State(Why) == ECycloramaState::Stopped);
		});
	});
	Describe("The settings page", [this] {
		It("says of every property what the core's table says", [this] {
			for (const FCycloramaSettingRow& Row : CycloramaPreflight::Settings())
			{
				FString Class, Member;
				if (!Row.Name.Split(TEXT("."), &Class, &Member) || Class != TEXT("UCycloramaSettings"))
				{
					continue;
				}
				const FProperty* Property = UCycloramaSettings::StaticClass()->FindPropertyByName(FName(*Member));
				if (TestNotNull(*Row.Name, Property))
				{
					TestEqual(*Row.Name, Property->GetToolTipText().ToString(), Row.Sentence);
				}
			}
		});
	});
	Describe("The slate", [this] {
		It("says why nothing is recorded", [this] {
			TestFalse(TEXT("words"), FCycloramaSlate::Get().View().Words.IsEmpty());
		});
	});
	Describe("The cluster", [this] {
		It("shows what it publishes", [this] {
			FString Message;
			uint64 Frame = 0;
			TArray<FString> Trackers;
			Trackers.Add(FString(TEXT("protocol=freed; bind=127.0.0.1:0")));
			TestTrue(TEXT("published"), FCycloramaCluster::Get().Publish(Trackers, 0.0, 0.5, 3, Message));
			TestTrue(TEXT("shown"), FCycloramaCluster::Get().Frame(Frame));
			TestEqual(TEXT("hash"), FCycloramaCluster::Get().HashOf(Frame).Len(), 32);
			FCycloramaCluster::End();
		});
	});
}

#endif
