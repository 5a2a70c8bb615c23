// The tab in the Window menu and on the toolbar, and Take Recorder's hand on the slate.
#include "CoreMinimal.h"
#include "CycloramaCore.h"
#include "CycloramaPanel.h"
#include "CycloramaParts.h"
#include "CycloramaStyle.h"
#include "Framework/Docking/TabManager.h"
#include "Modules/ModuleManager.h"
#include "SCycloramaPanel.h"
#include "ToolMenus.h"
#include "Widgets/Docking/SDockTab.h"

#define LOCTEXT_NAMESPACE "Cyclorama"

namespace
{
	const TCHAR* const TabName = TEXT("Cyclorama");

	void Show()
	{
		FGlobalTabmanager::Get()->TryInvokeTab(FTabId(FName(TabName)));
	}
}

class FCycloramaEditorModule : public IModuleInterface
{
public:
	void StartupModule() override
	{
		if (!FCycloramaCoreModule::Usable())
		{
			// The core has said why.
			return;
		}
		CycloramaStyle::Register();
		FGlobalTabmanager::Get()->RegisterNomadTabSpawner(FName(TabName), FOnSpawnTab::CreateRaw(this, &FCycloramaEditorModule::Spawn))
			.SetDisplayName(LOCTEXT("TabName", "Cyclorama"))
			.SetTooltipText(LOCTEXT("TabTip", "Tracker, slate and takes of the stage, and what is wrong with the project."))
			.SetIcon(CycloramaStyle::Icon())
			.SetMenuType(ETabSpawnerMenuType::Hidden);
		UToolMenus::RegisterStartupCallback(FSimpleMulticastDelegate::FDelegate::CreateRaw(this, &FCycloramaEditorModule::AddMenus));
		bStarted = true;
		// What they add to the tab they add at once.
		CycloramaParts::Load(TEXT("CycloramaTakes"), TEXT("Takes"));
		CycloramaParts::Load(TEXT("CycloramaRenderEditor"), TEXT("MovieRenderPipeline"));
	}

	void ShutdownModule() override
	{
		if (!bStarted)
		{
			return;
		}
		bStarted = false;
		FCycloramaPanel::Clear();
		UToolMenus::UnRegisterStartupCallback(this);
		UToolMenus::UnregisterOwner(this);
		FGlobalTabmanager::Get()->UnregisterNomadTabSpawner(FName(TabName));
		CycloramaStyle::Unregister();
	}

private:
	TSharedRef<SDockTab> Spawn(const FSpawnTabArgs&)
	{
		return SNew(SDockTab).TabRole(ETabRole::NomadTab)[SNew(SCycloramaPanel)];
	}

	void AddMenus()
	{
		const FToolMenuOwnerScoped Owner(this);
		const FText Label = LOCTEXT("Open", "Cyclorama");
		const FText Tip = LOCTEXT("OpenTip", "Opens the stage's tab: tracker, slate, takes, and what is wrong with the project.");
		FToolMenuSection& Window = UToolMenus::Get()->ExtendMenu(FName(TEXT("LevelEditor.MainMenu.Window")))->FindOrAddSection(FName(TEXT("VirtualProduction")));
		Window.AddMenuEntry(FName(TEXT("CycloramaOpen")), Label, Tip, CycloramaStyle::Icon(), FUIAction(FExecuteAction::CreateStatic(&Show)));
		FToolMenuSection& Bar = UToolMenus::Get()->ExtendMenu(FName(TEXT("LevelEditor.LevelEditorToolBar.User")))->FindOrAddSection(FName(TEXT("Cyclorama")));
		Bar.AddEntry(FToolMenuEntry::InitToolBarButton(FName(TEXT("CycloramaOpen")), FUIAction(FExecuteAction::CreateStatic(&Show)), Label, Tip, CycloramaStyle::Icon()));
	}

	bool bStarted = false;
};

#undef LOCTEXT_NAMESPACE

IMPLEMENT_MODULE(FCycloramaEditorModule, CycloramaEditor)
